using System.Runtime.InteropServices;

namespace LocalLlm.Native;

internal enum ggml_log_level
{
    GGML_LOG_LEVEL_NONE = 0,
    GGML_LOG_LEVEL_DEBUG = 1,
    GGML_LOG_LEVEL_INFO = 2,
    GGML_LOG_LEVEL_WARN = 3,
    GGML_LOG_LEVEL_ERROR = 4,
    GGML_LOG_LEVEL_CONT = 5,
}

internal enum ggml_type
{
    GGML_TYPE_F32 = 0,
    GGML_TYPE_F16 = 1,
    GGML_TYPE_I32 = 26,
}

[StructLayout(LayoutKind.Sequential)]
internal struct ggml_backend_dev_caps
{
    public byte async;
    public byte host_buffer;
    public byte buffer_from_host_ptr;
    public byte events;
    public byte mmap_support;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ggml_backend_dev_props
{
    public byte* name;
    public byte* description;
    public nuint memory_free;
    public nuint memory_total;
    public int type;
    public byte* device_id;
    public ggml_backend_dev_caps caps;
}

/// <summary>gguf.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct gguf_init_params
{
    public byte no_alloc;
    public nint ctx;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ggml_init_params
{
    public nuint mem_size;
    public nint mem_buffer;
    public byte no_alloc;
}

/// <summary>The first fields of ggml.h's; only ggml makes them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ggml_tensor
{
    public int type;
    public nint buffer;
}

/// <summary>ggml.h: GGML_MAX_N_THREADS is 512.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ggml_threadpool_params
{
    public fixed byte cpumask[512];
    public int n_threads;
    public int prio;
    public uint poll;
    public byte strict_cpu;
    public byte paused;
}

/// <summary>ggml.h, v0.4.0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ggml_type_traits
{
    public byte* type_name;
    public long blck_size;
    public long blck_size_interleave;
    public nuint type_size;
    public byte is_quantized;
    public delegate* unmanaged<void*, float*, long, void> to_float;
    public nint from_float_ref;
}
