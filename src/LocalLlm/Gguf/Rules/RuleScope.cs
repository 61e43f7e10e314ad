namespace LocalLlm.Gguf.Rules;

/// <summary>The names that an architecture's rules may use: those that llama.cpp computes for every model, and those that its own rules define.</summary>
#pragma warning disable IDE1006 // the names are those of llama.cpp
internal sealed class RuleScope(string architecture)
{
    private readonly List<string> _names = [.. Enum.GetNames<Common>()];

    /// <summary>Names computed for every model, as in llama.cpp's LLAMA_LOAD_LOCALS; in the order of their slots.</summary>
    public enum Common
    {
        n_layer,
        n_layer_all,
        n_embd,
        n_embd_out,
        n_head,
        n_head_kv,
        n_ff,
        n_expert,
        n_expert_used,
        n_rot,
        n_embd_head_k,
        n_embd_head_v,
        n_embd_k_gqa,
        n_embd_v_gqa,
        n_embd_gqa,
        n_vocab,
        n_vocab_meta,
        n_token_types,
        n_cls_out,
        n_ctx_train,
        n_ctx_orig,
        longrope,
        i,
        is_swa,
        is_recr,
        n_head_size_k,
        n_head_size_v,
    }

    /// <summary>Number of slots.</summary>
    public int Count => _names.Count;

    public static int CommonCount { get; } = Enum.GetNames<Common>().Length;

    public bool IsArchitecture(string name) => name == architecture;

    /// <summary>The slot of a name that must exist.</summary>
    /// <exception cref="FormatException">There is no such name: a fault of the table.</exception>
    public int Resolve(string name)
    {
        int slot = _names.IndexOf(name);
        return slot >= 0 ? slot : throw new FormatException($"'{name}' is not defined in the rules of '{architecture}'.");
    }

    /// <summary>The slot of a name that the rules define, a new one unless it is known.</summary>
    public int Define(string name)
    {
        int slot = _names.IndexOf(name);
        if (slot >= 0)
        {
            return slot;
        }

        _names.Add(name);
        return _names.Count - 1;
    }

    /// <summary>The name of a slot.</summary>
    public string NameOf(int slot) => _names[slot];

    /// <summary>The slot of a name, or −1.</summary>
    public int Find(string name) => _names.IndexOf(name);
}
