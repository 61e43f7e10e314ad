using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>What LocalLlm uses of ggml.h and ggml-backend.h, under C's own names.</summary>
internal static unsafe partial class GgmlApi
{
    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_threadpool_params_init(ggml_threadpool_params* p, int n_threads);

    [LibraryImport(Library.Ggml)]
    internal static partial void ggml_backend_register(nint reg);

    [LibraryImport(Library.Ggml)]
    internal static partial nuint ggml_backend_reg_count();

    [LibraryImport(Library.Ggml)]
    internal static partial nint ggml_backend_reg_get(nuint index);

    [LibraryImport(Library.Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_reg_by_name(string name);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_reg_name(nint reg);

    [LibraryImport(Library.GgmlBase, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_reg_get_proc_address(nint reg, string name);

    [LibraryImport(Library.Ggml)]
    internal static partial nuint ggml_backend_dev_count();

    [LibraryImport(Library.Ggml)]
    internal static partial nint ggml_backend_dev_get(nuint index);

    [LibraryImport(Library.Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_dev_by_name(string name);

    [LibraryImport(Library.Ggml)]
    internal static partial nint ggml_backend_dev_by_type(int type);

    [LibraryImport(Library.GgmlBase)]
    internal static partial int ggml_backend_dev_type(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_dev_buffer_type(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_cpu_buffer_type();

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_backend_buft_get_alignment(nint buft);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_dev_name(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_dev_get_props(nint device, ggml_backend_dev_props* props);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_dev_backend_reg(nint device);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_buft_name(nint buft);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_buft_alloc_buffer(nint buft, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_buffer_free(nint buffer);

    [LibraryImport(Library.GgmlBase)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool ggml_backend_dev_supports_op(nint device, ggml_tensor* op);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_init(ggml_init_params @params);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_free(nint ctx);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_tensor_overhead();

    [LibraryImport(Library.GgmlBase)]
    internal static partial ggml_tensor* ggml_new_tensor_2d(nint ctx, int type, long ne0, long ne1);

    [LibraryImport(Library.GgmlBase)]
    internal static partial ggml_tensor* ggml_new_tensor_3d(nint ctx, int type, long ne0, long ne1, long ne2);

    [LibraryImport(Library.GgmlBase)]
    internal static partial ggml_tensor* ggml_mul_mat(nint ctx, ggml_tensor* a, ggml_tensor* b);

    [LibraryImport(Library.GgmlBase)]
    internal static partial ggml_tensor* ggml_mul_mat_id(nint ctx, ggml_tensor* @as, ggml_tensor* b, ggml_tensor* ids);

    [LibraryImport(Library.GgmlBase)]
    internal static partial ggml_type_traits* ggml_get_type_traits(int type);

    [LibraryImport(Library.GgmlBase)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool ggml_validate_row_data(int type, void* data, nuint nbytes);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nuint ggml_quantize_chunk(int type, float* src, void* dst, long start, long nrows, long n_per_row, float* imatrix);
}
