using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Owns a ggml_threadpool. Its functions are the CPU backend's and are found through it by name.</summary>
internal sealed unsafe class ThreadPoolHandle : SafeHandle
{
    private ThreadPoolHandle(nint pool)
        : base(0, ownsHandle: true) => SetHandle(pool);

    public override bool IsInvalid => handle == 0;

    /// <summary>Starts a pool; null where the CPU backend has none to offer, and ggml makes one per graph by itself.</summary>
    internal static ThreadPoolHandle? Start(int threads)
    {
        var create = (delegate* unmanaged<ggml_threadpool_params*, nint>)CpuFunction("ggml_threadpool_new");
        if (create is null || CpuFunction("ggml_threadpool_free") == 0)
        {
            return null;
        }

        ggml_threadpool_params parameters;
        GgmlApi.ggml_threadpool_params_init(&parameters, threads);
        nint pool = create(&parameters);
        return pool == 0 ? null : new ThreadPoolHandle(pool);
    }

    protected override bool ReleaseHandle()
    {
        ((delegate* unmanaged<nint, void>)CpuFunction("ggml_threadpool_free"))(handle);
        return true;
    }

    private static nint CpuFunction(string name)
    {
        nint cpu = GgmlApi.ggml_backend_reg_by_name("CPU");
        return cpu == 0 ? 0 : GgmlApi.ggml_backend_reg_get_proc_address(cpu, name);
    }
}
