namespace LocalLlm.Planning;

/// <summary>Divides modules over GPUs in given parts, as llama.cpp does with tensor_split.</summary>
internal static class SplitPlacement
{
    /// <summary>The placement of the modules from one on, in llama.cpp's own arithmetic (get_layer_buft_list in llama-model.cpp).</summary>
    /// <exception cref="ArgumentException">There are more parts than GPUs.</exception>
    public static Placement Of(IReadOnlyList<float> parts, int start, ModelFootprint model, PlanMachine machine)
    {
        if (parts.Count > machine.Devices.Count)
        {
            throw WrongOption.Of(nameof(PlanOptions.TensorSplit), $"There are {parts.Count} parts for {machine.Devices.Count} GPUs.");
        }

        float sum = 0;
        float[] bounds = [.. parts.Select(part => sum += part)];
        int[] modules = new int[model.LayerCount + 1];
        int offloaded = modules.Length - start;
        for (int i = 0; i < modules.Length; i++)
        {
            float place = (float)(i - start) / offloaded;
            int device = Array.FindIndex(bounds, bound => bound / sum > place);
            modules[i] = i < start ? Placement.Host : device < 0 ? parts.Count - 1 : device;
        }

        return new Placement { Modules = modules };
    }
}
