"""What libraries say and do: constants, gains, defaults; some are drawn where they are installed."""

from __future__ import annotations

from varprop.claims.entry import CLAIMS, ClaimEntry

TORCH = "PyTorch 2.14, torch/nn/init.py"
KERAS = "Keras 3.15, random_initializers.py"
JAX = "JAX 0.10, jax/_src/nn/initializers.py"
NFNET = "timm 1.0, models/nfnet.py"
H1 = "h ~ N(0, var=1)"


def _add(
    name: str, title: str, statement: str, *given: str, source: str, expect: str = "true",
    remark: str | None = None, library: str | None = None, draw: str = "", promise: str = "",
) -> None:  # fmt: skip
    CLAIMS.add(
        ClaimEntry(
            name, title, statement, given, source, "", expect, remark, library, draw, promise
        )
    )


_add("torch-gain-relu", "the gain √2 keeps E[x²] for ReLU",
     "E[(sqrt(2)*relu(h))^2] = Var(h)", "h ~ N(0, var=q)", source=TORCH)  # fmt: skip
_add("torch-gain-leaky", "the gain √(2/(1 + a²)) keeps it for a leaky ReLU",
     "E[2/(1 + a^2)*leaky_relu(h, a)^2] = Var(h)", "h ~ N(0, var=q)", source=TORCH)  # fmt: skip
_add("torch-gain-tanh", "the gain 5/3 keeps E[x²] = 1 for tanh",
     "E[(5/3*tanh(h))^2] = 1", H1, source=TORCH, expect="false")  # fmt: skip
_add("torch-gain-tanh-fixed-point", "with 5/3 the variance settles at 1.17848",
     "q_star = 1.17848", "act = tanh", "sigma_w2 = 25/9", "q[0] = 1", source=TORCH)  # fmt: skip
_add("torch-gain-sigmoid", "the gain 1 keeps E[x²] = 1 for sigmoid",
     "E[sigmoid(h)^2] = 1", H1, source=TORCH, expect="false")  # fmt: skip
_add("torch-gain-selu", "the gain 3/4 keeps E[x²] = 1 for SELU",
     "E[(3/4*selu(h))^2] = 1", H1, source=TORCH, expect="false",
     remark="SELU normalises itself with gain 1")  # fmt: skip
_add("selu-normalised", "SELU keeps a second moment of 1 with gain 1", "E[selu(h)^2] ≈ 1 (within 1e-9)", H1,
     source="Klambauer et al. 2017, Self-Normalizing Neural Networks")  # fmt: skip
_add("torch-root-five", "kaiming_uniform(a=√5) draws with the variance 1/(3·fan_in)",
     "2/((1 + a^2)*fan_in) = 1/(3*fan_in)", "a = sqrt(5)", "fan_in > 0", source=TORCH)  # fmt: skip
_add("torch-linear-he", "the default of torch.nn.Linear is He's",
     "2/((1 + a^2)*fan_in) = 2/fan_in", "a = sqrt(5)", "fan_in > 0", source=TORCH,
     expect="false")  # fmt: skip
_add("torch-linear-relu", "with it a ReLU network keeps its signal",
     "q[10] = q[0]", "net = 10*(Dense(n) >> relu)", "n*Var(w) = 1/3", "q[0] = 1", source=TORCH,
     expect="false", remark="without its bias each layer leaves a sixth")  # fmt: skip
_add("torch-linear-drawn", "torch.nn.Linear draws weights of variance 1/(3·fan_in)",
     "Var(torch.nn.Linear(512, 256).weight) = 1/(3*512)", source=TORCH, library="torch",
     draw="torch.nn.Linear", promise="1/(3*fan_in)")  # fmt: skip
_add("torch-packed-drawn", "torch.nn.MultiheadAttention draws its packed weights as Xavier would each",
     "Var(MultiheadAttention(512, 8).in_proj_weight) = 1/512", source=TORCH, expect="false",
     library="torch", draw="torch.nn.MultiheadAttention", promise="1/fan_in")  # fmt: skip
_add("torch-truncated-drawn", "torch's trunc_normal_ draws weights of the std that it is given",
     "Var(trunc_normal_(w, std, -2*std, 2*std)) = std^2", source=TORCH, expect="false",
     library="torch", draw="torch.nn.init.trunc_normal_", promise="he")  # fmt: skip
_add("packed-qkv", "Xavier on a packed (3D, D) matrix gives each part 1/D",
     "2/(D + 3*D) = 1/D", "D > 0", source="pytorch#166378", expect="false")  # fmt: skip
_add("torch-bilinear", "torch.nn.Bilinear's bound 1/√in1 gives the output variance 1",
     "Var(sum(w_i*u_i, i, 1, k)) = 1", "w_i ~ U(-1/sqrt(m), 1/sqrt(m))", "u_i iid",
     "E[u_i] = 0", "Var(u_i) = 1", "w, u independent", "k = m*r", "m > 0", "r > 0",
     source="pytorch#132231", expect="false", remark="k = in1·in2 terms; the variance is in2/3")  # fmt: skip

_add("keras-constant", "the std of a normal cut at ±2 is 0.87962566103423978 of the one before",
     "Std(w) = 0.87962566103423978*s", "w ~ truncated_normal(std=s)", source=KERAS)  # fmt: skip
_add("uncorrected-cut", "a normal cut at ±2 std keeps its variance",
     "Var(w) = s^2", "w ~ truncated_normal(std=s)", source="torch trunc_normal_, keras TruncatedNormal",
     expect="false")  # fmt: skip
_add("uncorrected-cut-factor", "what is left of the variance is 0.7737",
     "Var(w) ≈ 0.773741*s^2 (within 1e-5)", "w ~ truncated_normal(std=s)",
     source="keras#8048, tensorflow#16344")  # fmt: skip
_add("keras-he-drawn", "keras HeNormal draws weights of variance 2/fan_in",
     "Var(HeNormal((512, 256))) = 2/512", source=KERAS, library="keras",
     draw="keras.initializers.HeNormal", promise="he")  # fmt: skip
_add("keras-glorot-drawn", "keras GlorotUniform draws weights of variance 2/(fan_in + fan_out)",
     "Var(GlorotUniform((512, 256))) = 2/768", source=KERAS, library="keras",
     draw="keras.initializers.GlorotUniform", promise="glorot_uniform")  # fmt: skip

_add("jax-complex-constant", "the std of a complex normal cut at 2 is 0.95311164380491208",
     "sqrt((1 - 5*exp(-4))/(1 - exp(-4))) = 0.95311164380491208", source=JAX, expect="false",
     remark="√(1 − 5e⁻⁴) forgets to divide by the mass inside")  # fmt: skip
_add("jax-uniform-scale", "jax uniform(scale) has the variance scale²/3",
     "Var(w) = s^2/3", "w ~ U(0, s)", source=JAX, expect="false",
     remark="it draws from [0, scale)")  # fmt: skip
_add("jax-uniform-centred", "jax uniform(scale) is centred", "E[w] = 0", "w ~ U(0, s)",
     source=JAX, expect="false")  # fmt: skip
_add("jax-he-drawn", "jax he_normal draws weights of variance 2/fan_in",
     "Var(he_normal()(key, (512, 256))) = 2/512", source=JAX, library="jax",
     draw="jax.nn.initializers.he_normal", promise="he")  # fmt: skip
_add("jax-complex-drawn", "jax draws complex truncated weights of variance 1/fan_in",
     "E|w|^2 = 1/512", source=JAX, expect="false", library="jax",
     draw="jax.nn.initializers.variance_scaling, complex", promise="lecun")  # fmt: skip

for _act, _value in (
    ("relu", "1.7139588594"), ("gelu", "1.7015043497"), ("silu", "1.7881293297"),
    ("tanh", "1.5939117670"), ("sigmoid", "4.8038353920"), ("softplus", "1.9203323126"),
):  # fmt: skip
    _add(f"nfnet-{_act}", f"the NFNet gamma of {_act} is one over its standard deviation",
         f"1/Std({_act}(h)) = {_value}", H1, source=NFNET, expect="false",
         remark="a sampled value, less than 0.1 % off")  # fmt: skip
_add("nfnet-close", "the NFNet gamma of ReLU is right within 0.1 %",
     "1/Std(relu(h)) ≈ 1.7139588594 (within 0.1 %)", H1, source=NFNET)  # fmt: skip
_add("edm2-silu", "EDM2 divides SiLU by √E[φ²] = 0.596",
     "sqrt(E[silu(h)^2]) ≈ 0.596 (within 0.1 %)", H1, source="EDM2, mp_silu")  # fmt: skip
_add("mp-gelu", "magnitude-preserving GELU divides by 0.652",
     "sqrt(E[gelu(h)^2]) ≈ 0.652 (within 0.1 %)", H1, source="pabloppp/pytorch-tools")  # fmt: skip
_add("alf-elu", "ELU's squared gain is 1.55", "1/E[elu(h)^2] ≈ 1.55 (within 0.1 %)", H1,
     source="HorizonRobotics/alf, initializers.py")  # fmt: skip
_add("mish-gain", "mish's squared gain is 2.210277", "1/E[mish(h)^2] = 2.210277", H1,
     source="code in circulation", expect="false")  # fmt: skip
_add("unit-scaling-gelu", "unit-scaling's 1.7668 is one over GELU's standard deviation",
     "1/Std(gelu(h)) = 1.7668", H1, source="unit-scaling 0.3, functional.py", expect="false")  # fmt: skip
_add("unit-scaling-rms", "one over GELU's standard deviation makes its root mean square 1",
     "E[gelu(h)^2]/Var(gelu(h)) ≈ 1", H1, source="unit-scaling 0.3, README", expect="false")  # fmt: skip
_add("dks-constant", "1.466942206924260361 is 1/(1 − 1/π)",
     "1/(1 - 1/pi) = 1.466942206924260361", source="google-deepmind/dks")  # fmt: skip
_add("softmax-free-dropout-he", "dropout after ReLU wants the gain √(2(1 − p))",
     "2*(1 - p)*E[y^2] = Var(h)", "y = relu(h)*m/(1 - p)", "m ~ Bernoulli(1 - p)",
     "h ~ N(0, var=q)", source="pytorch#19536")  # fmt: skip
_add("dropout-variance", "inverted dropout divides the variance by 1 − p",
     "Var(y) = Var(x)/(1 - p)", "y = x*m/(1 - p)", "m ~ Bernoulli(1 - p)", "x, m independent",
     source="AutoInit 1.1, dropout estimator", expect="conditional",
     remark="the mean of x adds p·E[x]²/(1 − p)")  # fmt: skip
_add("dropout-variance-relu", "after a ReLU, too", "Var(y) = Var(x)/(1 - p)",
     "y = x*m/(1 - p)", "m ~ Bernoulli(1 - p)", "x = relu(h)", H1, "p = 1/2",
     source="AutoInit 1.1, dropout estimator", expect="false")  # fmt: skip
_add("gpt2-residual", "N branches scaled by 1/√N add as much variance as one",
     "Var(sum(x_i, i, 1, N_b)/sqrt(N_b)) = Var(x)", "x_i iid", source="GPT-2, modeling_gpt2.py",
     remark="N_b = 2L branches in L blocks")  # fmt: skip
_add("attention-scale", "q·k/√d has the variance 1",
     "Var(sum(u_i*v_i, i, 1, d)/sqrt(d)) = 1", "u, v independent", "u_i iid", "v_i iid",
     "E[u_i] = E[v_i] = 0", "Var(u_i) = Var(v_i) = 1",
     source="Vaswani et al. 2017, section 3.2.1")  # fmt: skip

_add("hayou-tanh", "tanh is critical at σ_b² = 0.04, σ_w² = 1.722",
     "chi_perp ≈ 1 (within 0.1 %)", "act = tanh", "sigma_w2 = 1.722", "sigma_b2 = 0.04",
     "q[0] = 1", source="edge-of-chaos initialisers in circulation", expect="false",
     remark="the edge is at σ_w² = 1.7008")  # fmt: skip
_add("hayou-swish", "swish is critical at σ_b² = 0.04, σ_w² = 2.952",
     "chi_perp = 1", "act = silu", "sigma_w2 = 2.952", "sigma_b2 = 0.04", "q[0] = 1",
     source="edge-of-chaos initialisers in circulation", expect="false")  # fmt: skip
_add("gelu-half-stable", "GELU has a half-stable critical point at C_W = 1.98305826",
     "chi_perp ≈ 1 (within 1e-6)", "act = gelu", "sigma_w2 = 1.983058257",
     "sigma_b2 = 0.172922391", "q = 3.561553", "q[0] = 3.561553",
     source="Roberts, Yaida and Hanin 2022, section 5.3")  # fmt: skip
