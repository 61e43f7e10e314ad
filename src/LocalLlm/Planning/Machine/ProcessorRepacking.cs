using LocalLlm.Native;

namespace LocalLlm.Planning;

/// <summary>Which types of weights this process's CPU backend copies into a layout of its own, asked as llama.cpp asks (weight_buft_supported in llama-model-loader.cpp).</summary>
internal static unsafe class ProcessorRepacking
{
    private const int Rows = 1024;
    private const int Experts = 4;

    private static readonly Lazy<IReadOnlySet<GgmlType>> Answer = new(Ask);

    /// <summary>The types. The runtime must be loaded.</summary>
    public static IReadOnlySet<GgmlType> Types => Answer.Value;

    private static HashSet<GgmlType> Ask()
    {
        nint cpu = GgmlApi.ggml_backend_dev_by_type((int)NativeDeviceType.Cpu);
        nint function = cpu == 0 ? 0 : GgmlApi.ggml_backend_reg_get_proc_address(GgmlApi.ggml_backend_dev_backend_reg(cpu), "ggml_backend_dev_get_extra_bufts");
        if (function == 0)
        {
            return [];
        }

        HashSet<GgmlType> types = [];
        for (nint* buffers = ((delegate* unmanaged<nint, nint*>)function)(cpu); buffers is not null && *buffers != 0; buffers++)
        {
            foreach (GgmlType type in Enum.GetValues<GgmlType>().Where(type => type.IsQuantized()))
            {
                if (Supports(cpu, *buffers, type, isExpert: false) || Supports(cpu, *buffers, type, isExpert: true))
                {
                    types.Add(type);
                }
            }
        }

        return types;
    }

    private static bool Supports(nint cpu, nint buffers, GgmlType type, bool isExpert)
    {
        nint context = GgmlApi.ggml_init(new ggml_init_params { mem_size = GgmlApi.ggml_tensor_overhead() * 8, no_alloc = 1 });
        if (context == 0)
        {
            return false;
        }

        nint buffer = 0;
        try
        {
            ggml_tensor* weights = GgmlApi.ggml_new_tensor_3d(context, (int)type, Rows, Rows, isExpert ? Experts : 1);
            ggml_tensor* operation = isExpert
                ? GgmlApi.ggml_mul_mat_id(
                    context,
                    weights,
                    GgmlApi.ggml_new_tensor_3d(context, (int)ggml_type.GGML_TYPE_F32, Rows, 1, Rows),
                    GgmlApi.ggml_new_tensor_2d(context, (int)ggml_type.GGML_TYPE_I32, 1, Rows))
                : GgmlApi.ggml_mul_mat(context, weights, GgmlApi.ggml_new_tensor_2d(context, (int)ggml_type.GGML_TYPE_F32, Rows, Rows));
            // Of no bytes: only its type is asked about.
            buffer = GgmlApi.ggml_backend_buft_alloc_buffer(buffers, 0);
            weights->buffer = buffer;
            return buffer != 0 && GgmlApi.ggml_backend_dev_supports_op(cpu, operation);
        }
        finally
        {
            GgmlApi.ggml_backend_buffer_free(buffer);
            GgmlApi.ggml_free(context);
        }
    }
}
