using System.Diagnostics.CodeAnalysis;
using LocalLlm.Models;

namespace LocalLlm;

/// <summary>
/// Says which model is meant: a file or a folder of this machine, a repository of the Hugging Face hub with or without
/// one of its variants, or the address of a file. Made by <see cref="Parse"/>; <see cref="ToString"/> gives a text that
/// parses to the same reference.
/// </summary>
public sealed record ModelReference
{
    private ModelReference()
    {
    }

    /// <summary>The path of a GGUF file or of a folder with such files; null for what is not on this machine.</summary>
    public string? LocalPath { get; private init; }

    /// <summary>The hub's repository, as <c>owner/name</c>; null for a path or an address.</summary>
    public string? Repository { get; private init; }

    /// <summary>
    /// Which variant of the repository: a label such as <c>Q4_K_M</c> (case does not count) or the name of a file there.
    /// Null: any, or it is no repository.
    /// </summary>
    public string? Variant { get; private init; }

    /// <summary>A branch, tag or commit of the repository. Null: its branch <c>main</c>, or it is no repository.</summary>
    public string? Revision { get; private init; }

    /// <summary>The http or https address of a GGUF file; null for a path or a repository.</summary>
    public Uri? Address { get; private init; }

    /// <summary>
    /// Reads a reference: <c>hf:owner/repo[:VARIANT][@revision]</c>; an address on huggingface.co or hf.co of a
    /// repository or of a file in one, which means the same; another <c>http(s)://…/x.gguf</c>; anything else is a path.
    /// </summary>
    /// <param name="text">The text. A path that begins with <c>hf:</c> is written <c>./hf:…</c>.</param>
    /// <returns>The reference. Whether the model is there is not looked at.</returns>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ModelReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out string? wrong) ?? throw new FormatException($"'{HubNames.Printable(text)}' names no model: {wrong}");
    }

    /// <summary>Reads a reference as <see cref="Parse"/> does.</summary>
    /// <param name="text">The text; null is no reference.</param>
    /// <param name="reference">The reference; null where the text is none.</param>
    /// <returns>Whether the text is a reference.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ModelReference? reference)
    {
        reference = text is null ? null : Read(text, out _);
        return reference is not null;
    }

    /// <summary>The text of the reference.</summary>
    public override string ToString() => LocalPath ?? Address?.AbsoluteUri ?? HubAddress.Text(Repository!, Variant, Revision);

    /// <summary>Whether it names one variant, so that there is nothing to choose.</summary>
    internal bool IsOneVariant => Address is not null || Variant is not null || (LocalPath is not null && !Directory.Exists(LocalPath));

    /// <summary>A repository whose parts are known to be right.</summary>
    internal static ModelReference OfRepository(string repository, string? variant, string? revision) =>
        new() { Repository = repository, Variant = variant, Revision = revision };

    internal static ModelReference OfPath(string path) => new() { LocalPath = path };

    internal static ModelReference OfAddress(Uri address) => new() { Address = address };

    private static ModelReference? Read(string text, out string? wrong)
    {
        if (text.StartsWith(HubAddress.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return OfHub(HubAddress.Parse(text[HubAddress.Scheme.Length..], out wrong));
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            return ReadAddress(text, out wrong);
        }

        wrong = text.Length == 0 ? "it is empty." : text.Contains('\0') ? "a path holds no NUL." : null;
        return wrong is null ? OfPath(text) : null;
    }

    private static ModelReference? ReadAddress(string text, out string? wrong)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            wrong = "an address begins with https:// or http://, and a file of this machine is given as a path.";
            return null;
        }

        if (HubAddress.IsHub(address))
        {
            return OfHub(HubAddress.Parse(address, out wrong));
        }

        if (!address.AbsolutePath.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            wrong = "the path of an address ends in .gguf.";
            return null;
        }

        wrong = null;
        return OfAddress(address);
    }

    private static ModelReference? OfHub((string Repository, string? Variant, string? Revision)? parts) =>
        parts is (string repository, var variant, var revision) ? OfRepository(repository, variant, revision) : null;
}
