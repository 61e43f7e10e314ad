namespace LocalLlm.Planning;

/// <summary>Kinds of models that differ in how well the formula of the compute buffer is known.</summary>
internal enum ModelFamily
{
    Dense,
    Experts,

    /// <summary>Some layers attend to a window only.</summary>
    Window,

    /// <summary>Multi-head latent attention: one compressed row per token.</summary>
    Latent,

    /// <summary>Every layer keeps a state, whatever the length of the context.</summary>
    Recurrent,

    /// <summary>Some layers keep a state, others attend.</summary>
    Hybrid,

    /// <summary>No KV cache: embedding, ranking and diffusion models.</summary>
    Encoder,

    /// <summary>An architecture without rules here, or with a cache of its own: KV and compute are estimates until llama.cpp is asked.</summary>
    NativeOnly,
}
