namespace LocalLlm.Gguf;

/// <summary>Addresses: what is shown of them, and those of the other parts of a set.</summary>
internal static class HttpAddress
{
    public static bool IsHttp(Uri address) => address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps;

    /// <summary>An address for messages: user information, query and fragment may hold secrets.</summary>
    public static string Display(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>The address of another file in the same folder, with the same query.</summary>
    /// <param name="address">Address of a part.</param>
    /// <param name="path">Escaped path of the other.</param>
    public static Uri WithPath(Uri address, string path) =>
        new(address.GetLeftPart(UriPartial.Authority) + path + address.Query);
}
