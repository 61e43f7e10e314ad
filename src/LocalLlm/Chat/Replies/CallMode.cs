namespace LocalLlm.Chat.Replies;

/// <summary>Whether a reply calls functions.</summary>
internal enum CallMode
{
    /// <summary>As the model decides.</summary>
    Auto,

    /// <summary>It must.</summary>
    Required,

    /// <summary>It must not.</summary>
    None,
}
