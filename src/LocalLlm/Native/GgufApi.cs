using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>What LocalLlm uses of gguf.h, under C's own names.</summary>
internal static unsafe partial class GgufApi
{
    [LibraryImport(Library.GgmlBase)]
    internal static partial nint gguf_init_from_buffer(byte* data, nuint size, gguf_init_params @params);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void gguf_free(nint ctx);
}
