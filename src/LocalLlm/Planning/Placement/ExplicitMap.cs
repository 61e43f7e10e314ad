using System.Globalization;

namespace LocalLlm.Planning;

/// <summary>Makes a placement of a <see cref="DeviceMap"/>, or tells what is wrong with it.</summary>
internal static class ExplicitMap
{
    private const int Unset = -2;

    /// <summary>Resolves a map.</summary>
    /// <exception cref="ArgumentException">The map names what is not there, leaves something out, or can't be had from llama.cpp.</exception>
    public static Placement Resolve(DeviceMap map, ModelFootprint model, PlanMachine machine)
    {
        int[] modules = new int[model.LayerCount + 1];
        Array.Fill(modules, Unset);
        List<(string Pattern, int Device)> patterns = [];
        foreach ((string part, string deviceName) in map)
        {
            int device = machine.DeviceOf(deviceName) ?? throw Wrong(
                $"There is no device '{deviceName}' for '{part}'; there are {machine.DeviceNames}.");
            if (part == "token_embd")
            {
                if (device != Placement.Host)
                {
                    throw Wrong("llama.cpp keeps the input embeddings (token_embd) in RAM, where they are looked up by row: put them on 'cpu'.");
                }
            }
            else if (part == "output")
            {
                modules[^1] = device;
            }
            else if (TryParseLayers(part, model.LayerCount, out Range layers))
            {
                modules.AsSpan(layers).Fill(device);
            }
            else
            {
                patterns.Add((part, device));
            }
        }

        RefuseGaps(modules);
        RefuseJumps(modules, machine);
        return new Placement { Modules = modules, Moved = Moved(patterns, modules, model) };
    }

    /// <summary>The map of a placement.</summary>
    public static DeviceMap Describe(Placement placement, ModelFootprint model, PlanMachine machine)
    {
        DeviceMap map = [];
        map["token_embd"] = "cpu";
        for (int i = 0; i < model.LayerCount;)
        {
            int end = i;
            while (end < model.LayerCount && placement.Modules[end] == placement.Modules[i])
            {
                end++;
            }

            map[Layers(i, end)] = machine.NameOf(placement.Modules[i]);
            i = end;
        }

        map["output"] = machine.NameOf(placement.Modules[^1]);
        foreach (int layer in placement.LayersWithExpertsInRam(model))
        {
            map[string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.ffn_*_exps.*")] = "cpu";
        }

        foreach ((string tensor, int device) in placement.Moved)
        {
            map[tensor] = machine.NameOf(device);
        }

        return map;
    }

    // As they stand in a map, without the end.
    private static string Layers(int first, int end) => end - first == 1 ? $"blk.{first}" : $"blk.{first}-{end - 1}";

    private static bool TryParseLayers(string part, int layerCount, out Range layers)
    {
        layers = default;
        if (!part.StartsWith("blk.", StringComparison.Ordinal))
        {
            return false;
        }

        string[] bounds = part[4..].Split('-');
        if (bounds.Length > 2 || !TryParse(bounds[0], out int first) || !TryParse(bounds[^1], out int last))
        {
            return false;
        }

        if (first > last || last >= layerCount)
        {
            throw Wrong($"'{part}' is no range of the model's layers, which are blk.0 to blk.{layerCount - 1}.");
        }

        layers = first..(last + 1);
        return true;

        static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static void RefuseGaps(int[] modules)
    {
        List<string> missing = [];
        for (int i = 0; i < modules.Length - 1; i++)
        {
            int first = i;
            while (i < modules.Length - 1 && modules[i] == Unset)
            {
                i++;
            }

            if (i > first)
            {
                missing.Add(Layers(first, i));
            }
        }

        if (modules[^1] == Unset)
        {
            missing.Add("output");
        }

        if (missing.Count > 0)
        {
            throw Wrong($"The map gives no device to {string.Join(", ", missing)}.");
        }
    }

    // llama.cpp divides the layers in order over a list of devices; layers before the first of them are in RAM.
    private static void RefuseJumps(int[] modules, PlanMachine machine)
    {
        List<int> runs = [];
        foreach (int device in modules)
        {
            if (runs.Count == 0 || runs[^1] != device)
            {
                runs.Add(device);
            }
        }

        foreach (IGrouping<int, int> device in runs.Skip(runs[0] == Placement.Host ? 1 : 0).GroupBy(device => device))
        {
            if (device.Count() > 1)
            {
                throw Wrong($"The map jumps back to '{machine.NameOf(device.Key)}': llama.cpp gives each device one run of layers. The order is {string.Join(", ", runs.Select(machine.NameOf))}.");
            }
        }
    }

    private static Dictionary<string, int> Moved(List<(string Pattern, int Device)> patterns, int[] modules, ModelFootprint model)
    {
        Dictionary<string, int> moved = [];
        Placement home = new() { Modules = modules };
        foreach ((string pattern, int device) in patterns)
        {
            bool found = false;
            foreach (ModelTensor tensor in model.Tensors)
            {
                if (tensor.Home.Kind is not (TensorHomeKind.Layer or TensorHomeKind.Output) || !Matches(tensor.Name, pattern))
                {
                    continue;
                }

                found = true;
                if (home.DeviceOf(tensor) == device)
                {
                    moved.Remove(tensor.Name);
                }
                else
                {
                    moved[tensor.Name] = device;
                }
            }

            if (!found)
            {
                throw Wrong($"'{pattern}' is neither a module (blk.0-{model.LayerCount - 1}, output, token_embd) nor the name of a tensor that can be moved.");
            }
        }

        return moved;
    }

    // Greedy from the left with one point of return, which is enough for * alone.
    private static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        int n = 0;
        int p = 0;
        int star = -1;
        int resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }

    private static ArgumentException Wrong(string message) => WrongOption.Of(nameof(PlanOptions.DeviceMap), message);
}
