using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Planning;

/// <summary>A placement as llama.cpp's model parameters; the memory that they point to lives until this is disposed.</summary>
internal sealed unsafe class PlacementParameters : IDisposable
{
    private readonly nint* _devices;
    private readonly float* _tensorSplit;
    private readonly llama_model_tensor_buft_override* _overrides;
    private readonly int _overrideCount;
    private readonly NativePlacement _placement;

    /// <param name="placement">The placement.</param>
    /// <param name="machine">The machine whose devices it names.</param>
    /// <exception cref="ArgumentException">It has more runs of layers than llama.cpp takes.</exception>
    /// <exception cref="NativeLibraryException">A device of the plan is not one of this process.</exception>
    public PlacementParameters(NativePlacement placement, PlanMachine machine)
    {
        _placement = placement;
        nint[] devices = [.. placement.Devices.Select(name => Device(name, machine))];
        if (devices.Length > (int)LlamaApi.llama_max_devices())
        {
            throw new ArgumentException($"llama.cpp takes {LlamaApi.llama_max_devices()} runs of layers on different devices at most; the placement has {devices.Length}.", nameof(placement));
        }

        nint[] buffers = [.. placement.Overrides.Select(moved => Buffers(moved.Device, machine))];

        // Nothing below can fail half way.
        _devices = (nint*)NativeMemory.AllocZeroed((nuint)devices.Length + 1, (nuint)sizeof(nint));
        devices.CopyTo(new Span<nint>(_devices, devices.Length));
        // llama.cpp reads one number for each device that it could ever have.
        _tensorSplit = (float*)NativeMemory.AllocZeroed(LlamaApi.llama_max_devices(), sizeof(float));
        for (int i = 0; i < devices.Length; i++)
        {
            _tensorSplit[i] = placement.TensorSplit[i];
        }

        _overrideCount = buffers.Length;
        _overrides = (llama_model_tensor_buft_override*)NativeMemory.AllocZeroed((nuint)buffers.Length + 1, (nuint)sizeof(llama_model_tensor_buft_override));
        for (int i = 0; i < buffers.Length; i++)
        {
            _overrides[i].pattern = (byte*)Marshal.StringToCoTaskMemUTF8(placement.Overrides[i].Pattern);
            _overrides[i].buft = buffers[i];
        }
    }

    /// <summary>Sets devices, layers, split, overrides and extra buffers.</summary>
    public void Set(ref llama_model_params parameters)
    {
        // Never NULL: with no device list even 0 layers open the GPUs and reserve memory there.
        parameters.devices = _devices;
        parameters.n_gpu_layers = _placement.GpuLayers;
        parameters.tensor_split = _tensorSplit;
        parameters.tensor_buft_overrides = _overrideCount > 0 ? _overrides : null;
        parameters.use_extra_bufts = _placement.UsesExtraBuffers ? (byte)1 : (byte)0;
    }

    public void Dispose()
    {
        for (int i = 0; i < _overrideCount; i++)
        {
            Marshal.FreeCoTaskMem((nint)_overrides[i].pattern);
        }

        NativeMemory.Free(_overrides);
        NativeMemory.Free(_tensorSplit);
        NativeMemory.Free(_devices);
    }

    private static nint Buffers(string name, PlanMachine machine) => machine.DeviceOf(name) == Placement.Host
        ? GgmlApi.ggml_backend_cpu_buffer_type()
        : GgmlApi.ggml_backend_dev_buffer_type(Device(name, machine));

    private static nint Device(string name, PlanMachine machine)
    {
        int? index = machine.DeviceOf(name);
        string native = machine.NativeNameOf(index ?? Placement.Host);
        nint found = GgmlApi.ggml_backend_dev_by_name(native);
        return found != 0
            ? found
            : throw new NativeLibraryException($"The plan puts layers on {name} ({native}), which no backend of this process shows. Plan for HardwareProfile.Detect() of this machine.");
    }
}
