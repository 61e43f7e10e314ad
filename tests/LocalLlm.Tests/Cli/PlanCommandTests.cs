using System.Text.Json;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class PlanCommandTests
{
    private const string Machine = "gpu0=2GiB,gpu1=1GiB,ram=4GiB,cores=4";

    [Fact]
    public async Task A_table_shows_the_plan_for_a_machine_written_as_text()
    {
        string output = await Localllm.OutputAsync("plan", "guide", "--hardware", Machine, "--strategy", "sequential", "--kv", "Q8_0");

        Assert.Matches(@"(?m)^gpu0 +7 +11\.0 ", output);
        Assert.Matches("(?m)^gpu1 +0 ", output);
        Assert.Matches("(?m)^cpu +0 ", output);
        Assert.Contains("KV cache Q8_0", output, StringComparison.Ordinal);
        Assert.Contains("strategy Sequential", output, StringComparison.Ordinal);
        Assert.Contains("blk.0-5 gpu0, output gpu0", output, StringComparison.Ordinal);
        Assert.All(output.Split(Environment.NewLine), line => Assert.InRange(line.Length, 0, 100));
    }

    [Fact]
    public async Task Json_has_the_fields_that_programs_rely_on_and_they_agree()
    {
        JsonElement json = await Localllm.JsonAsync("plan", "guide", "--hardware", Machine, "--context", "1024", "--sequences", "2", "--tensor-split", "1,1", "--margin", "64MiB");

        Assert.Superset(
            new HashSet<string> { "contextLength", "gpuLayers", "tensorSplit", "devices", "host", "layers", "warnings", "verified", "elapsedMs" },
            new HashSet<string>(Localllm.Names(json)));
        Assert.Equal(1024, json.GetProperty("contextLength").GetInt32());
        Assert.Equal(7, json.GetProperty("gpuLayers").GetInt32());
        Assert.Equal([4, 3], json.GetProperty("tensorSplit").EnumerateArray().Select(part => part.GetInt32()));
        JsonElement[] layers = [.. json.GetProperty("layers").EnumerateArray()];
        Assert.Equal(["token_embd", "blk.0", "blk.1", "blk.2", "blk.3", "blk.4", "blk.5", "output"], layers.Select(layer => layer.GetProperty("name").GetString()));
        JsonElement[] devices = [.. json.GetProperty("devices").EnumerateArray()];
        Assert.Equal(["gpu0", "gpu1"], devices.Select(device => device.GetProperty("name").GetString()));
        foreach (JsonElement device in devices)
        {
            long used = Bytes(device, "usedBytes");
            Assert.Equal(used, Bytes(device, "weightBytes") + Bytes(device, "kvCacheBytes") + Bytes(device, "computeBytes"));
            Assert.True(used <= Bytes(device, "budgetBytes"));
            Assert.Equal(Bytes(device, "budgetBytes"), Bytes(device, "freeBytes") - Bytes(device, "reserveBytes") - (64L << 20));
            JsonElement[] own = [.. layers.Where(layer => layer.GetProperty("device").GetString() == device.GetProperty("name").GetString())];
            Assert.Equal(Bytes(device, "weightBytes"), own.Sum(layer => Bytes(layer, "weightBytes")));
            Assert.Equal(Bytes(device, "kvCacheBytes"), own.Sum(layer => Bytes(layer, "kvCacheBytes")));
        }
        JsonElement host = json.GetProperty("host");
        Assert.Equal(Bytes(layers[0], "weightBytes"), Bytes(host, "weightBytes"));
        Assert.Equal(0, Bytes(host, "kvCacheBytes"));
        Assert.Equal(0, Bytes(host, "diskBytes"));
        Assert.True(Bytes(host, "computeBytes") <= Bytes(host, "budgetBytes"));
        Assert.True(json.GetProperty("elapsedMs").GetDouble() > 0);
    }

    [Theory]
    [InlineData(3, new[] { 3, 0 }, "--gpu-layers", "3", "--tensor-split", "1,0")]
    [InlineData(7, new[] { 2, 5 }, "--tensor-split", "1,3")]
    [InlineData(0, new[] { 0, 0 }, "--gpu-layers", "0")]
    [InlineData(0, new[] { 0, 0 }, "--strategy", "cpu_only")]
    [InlineData(7, new[] { 0, 7 }, "--max-memory", "gpu0=100MB")]
    public async Task A_placement_that_is_asked_for_is_reported(int gpuLayers, int[] split, params string[] options)
    {
        JsonElement json = await Localllm.JsonAsync(["plan", "guide", "--hardware", Machine, "--context", "512", .. options]);

        Assert.Equal(gpuLayers, json.GetProperty("gpuLayers").GetInt32());
        Assert.Equal(split, json.GetProperty("tensorSplit").EnumerateArray().Select(part => part.GetInt32()));
        Assert.Equal(7 - gpuLayers, json.GetProperty("layers").EnumerateArray().Skip(1).Count(layer => layer.GetProperty("device").GetString() == "cpu"));
    }

    [Fact]
    public async Task Every_option_reaches_the_planner()
    {
        JsonElement json = await Localllm.JsonAsync(
            "plan", "guide", "--hardware", Machine, "--context", "512", "--sequences", "3", "--unified-kv", "false", "--kv", "f16", "--ubatch", "128",
            "--flash-attention", "off", "--outputs-max", "5", "--strategy", "balanced-low-0", "--margin", "1MiB", "--no-verify");

        Assert.Equal(3, json.GetProperty("sequences").GetInt32());
        Assert.False(json.GetProperty("unifiedKv").GetBoolean());
        Assert.Equal("F16", json.GetProperty("kvCacheType").GetString());
        Assert.Equal(128, json.GetProperty("microBatch").GetInt32());
        Assert.False(json.GetProperty("flashAttention").GetBoolean());
        Assert.Equal(5, json.GetProperty("mostOutputs").GetInt32());
        Assert.Equal("BalancedLow0", json.GetProperty("strategy").GetString());
        Assert.Equal(1 << 20, Bytes(json.GetProperty("devices")[0], "marginBytes"));
        Assert.False(json.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task Recurrent_state_counts_as_cache_whatever_the_context_is()
    {
        using TestFolder folder = new();
        string model = TinyModels.Write(folder, TinyModels.Recurrent);

        long[] caches = [await CacheAsync("128"), await CacheAsync("256")];

        Assert.True(caches[0] > 0);
        Assert.Equal(caches[0], caches[1]);

        async Task<long> CacheAsync(string context)
        {
            JsonElement json = await Localllm.JsonAsync("plan", model, "--hardware", Machine, "--context", context);
            return json.GetProperty("devices").EnumerateArray().Sum(device => Bytes(device, "kvCacheBytes"));
        }
    }

    [Fact]
    public async Task Without_a_machine_this_one_is_planned_for()
    {
        JsonElement hardware = await Localllm.JsonAsync("hardware");
        JsonElement json = await Localllm.JsonAsync("plan", "guide");

        Assert.Equal(hardware.GetProperty("gpus").GetArrayLength(), json.GetProperty("devices").GetArrayLength());
        Assert.InRange(Bytes(json.GetProperty("host"), "freeBytes"), 1, hardware.GetProperty("ram").GetProperty("totalBytes").GetInt64());
    }

    [Fact]
    public async Task Of_an_address_only_the_header_is_read()
    {
        byte[] bytes = await File.ReadAllBytesAsync(GuideModel.Path, TestContext.Current.CancellationToken);
        await using HttpFileServer server = await HttpFileServer.ServeAsync(bytes);

        JsonElement json = await Localllm.JsonAsync("plan", server.File().ToString(), "--hardware", Machine);
        JsonElement local = await Localllm.JsonAsync("plan", "guide", "--hardware", Machine);

        Assert.Equal(local.GetProperty("layers").GetRawText(), json.GetProperty("layers").GetRawText());
        Assert.Equal(local.GetProperty("devices").GetRawText(), json.GetProperty("devices").GetRawText());
        Assert.All(server.Requests, request => Assert.NotNull(request.Range));
        Assert.True(server.Requests.Max(request => HttpFileServer.Ends(request.Range!).To) < bytes.Length / 2);
    }

    [Fact]
    public async Task A_map_in_a_file_is_planned()
    {
        using TestFolder folder = new();
        string map = Write(folder, "# the end on the second\nblk.0-3 = gpu0\nblk.4-5 = gpu1   # two layers\noutput = gpu1\n");

        JsonElement json = await Localllm.JsonAsync("plan", "guide", "--hardware", Machine, "--device-map", map);

        Assert.Equal(
            ["cpu", "gpu0", "gpu0", "gpu0", "gpu0", "gpu1", "gpu1", "gpu1"],
            json.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("device").GetString()));
    }

    [Theory]
    [InlineData("map.txt: Line 2: 'blk.4-5 gpu1' is no entry", "blk.0-3 = gpu0\nblk.4-5 gpu1\n")]
    [InlineData("map.txt: Line 3: 'output' has a device already", "output = gpu0\n\noutput = cpu\n")]
    [InlineData("gives no device to blk.4-5, output", "blk.0-3 = gpu0\n")]
    [InlineData("no device 'gpu7' for 'blk.0-5'; there are gpu0, gpu1, cpu", "blk.0-5 = gpu7\noutput = gpu0\n")]
    [InlineData("'blk.0-6' is no range of the model's layers, which are blk.0 to blk.5", "blk.0-6 = gpu0\noutput = gpu0\n")]
    [InlineData("jumps back to 'gpu0'", "blk.0-1 = gpu0\nblk.2-3 = gpu1\nblk.4-5 = gpu0\noutput = gpu0\n")]
    public async Task What_is_wrong_with_a_map_is_a_usage_error_that_names_it(string told, string map)
    {
        using TestFolder folder = new();
        string path = Write(folder, map);
        Assert.Contains(told, await Localllm.ErrorAsync(2, "plan", "guide", "--hardware", Machine, "--device-map", path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--kv takes auto, f16, q8_0 or q4_0, not 'q5'", "--kv", "q5")]
    [InlineData("--strategy takes auto, balanced, balanced-low-0, sequential or cpu-only, not 'fast'", "--strategy", "fast")]
    [InlineData("--unified-kv takes true or false, not 'maybe'", "--unified-kv", "maybe")]
    [InlineData("--hardware: ", "--hardware", "gpu0=24GB")]
    [InlineData("--hardware: 'gpu0=24' at character 1", "--hardware", "gpu0=24,ram=8GiB")]
    [InlineData("--max-memory: 'gpu0' at character 1", "--max-memory", "gpu0")]
    [InlineData("There is a memory limit for 'gpu7'", "--max-memory", "gpu7=1GiB")]
    [InlineData("--tensor-split: 'x' is no number", "--tensor-split", "1,x")]
    [InlineData("3 parts for 2 GPUs", "--tensor-split", "1,1,1")]
    [InlineData("--margin takes a size", "--margin", "much")]
    [InlineData("trained for a context of 2048 tokens", "--context", "4096")]
    [InlineData("MostOutputs", "--sequences", "3", "--outputs-max", "2")]
    [InlineData("need flash attention", "--kv", "q8_0", "--flash-attention", "off")]
    public async Task Wrong_options_are_usage_errors(string told, params string[] options) =>
        Assert.Contains(told, await Localllm.ErrorAsync(2, ["plan", "guide", .. options.Contains("--hardware") ? [] : (string[])["--hardware", Machine], .. options]), StringComparison.Ordinal);

    [Theory]
    [InlineData("missing.gguf", "missing.gguf")]
    [InlineData("missing.txt", "guide", "--device-map", "missing.txt")]
    [InlineData("gpu0 needs", "guide", "--gpu-layers", "7", "--hardware", "gpu0=590MiB,ram=4GiB")]
    public async Task What_can_not_be_planned_is_told_in_one_line_with_exit_code_1(string told, params string[] arguments) =>
        Assert.Contains(told, await Localllm.ErrorAsync(1, ["plan", .. arguments]), StringComparison.Ordinal);

    [Fact]
    public async Task The_token_goes_with_an_address_only() =>
        Assert.Contains("--hf-token", await Localllm.ErrorAsync(2, "plan", "guide", "--hf-token"), StringComparison.Ordinal);

    [Theory]
    [InlineData("context 512, asked for", "generate", "guide", "--prompt", "a", "--max-tokens", "1", "--context", "512")]
    [InlineData("context 600, asked for", "chat", "guide", "--context", "600", "--sequences", "2")]
    [InlineData("context 9, asked for", "bench", "guide", "--prompt-tokens", "8", "--gen-tokens", "1", "--repeat", "1")]
    public async Task Loading_takes_the_planning_options_and_shows_its_plan_on_standard_error(string told, params string[] arguments)
    {
        (int exitCode, string output, string error) = await Localllm.RunAsync(
            [.. arguments, "--show-plan", "--strategy", "cpu-only", "--kv", "q8_0", "--ubatch", "64", "--outputs-max", "7", "--max-memory", "cpu=2GiB", "--margin", "1MiB"]);

        Assert.Equal(0, exitCode);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains("KV cache Q8_0, flash attention on, micro-batch 64, 7 outputs, strategy CpuOnly", error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^cpu +7 .* 2047\.0$", error);
        Assert.DoesNotContain("micro-batch", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_for_two_GPUs_is_shown_and_used()
    {
        Requirement.Meet("vulkan", NativeRuntime.Load().Devices.Count(d => d.Backend == "Vulkan") >= 2, "There are no two Vulkan devices (libvulkan1, mesa-vulkan-drivers).");
        string[] arguments = ["generate", "guide", "--prompt", "What is a layer? It is", "--max-tokens", "8", "--temperature", "0", "--context", "256"];
        string onCpu = await Localllm.OutputAsync([.. arguments, "--strategy", "cpu-only"]);
        using ChildProcess process = ChildProcess.Dotnet(
            Localllm.Project, [.. arguments, "--tensor-split", "1,1", "--show-plan"], ("GGML_VK_VISIBLE_DEVICES", "0,0"));

        (int exitCode, string output, string plan) = await process.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(onCpu, output);
        Assert.Matches(@"(?m)^gpu0 +[34] ", plan);
        Assert.Matches(@"(?m)^gpu1 +[34] ", plan);
        Assert.Contains("Verified by llama.cpp", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "share one set of cells", "--unified-kv", "false")]
    [InlineData(2, "gives no device to blk.4-5, output", "--device-map", "map.txt")]
    [InlineData(1, "cpu needs", "--strategy", "cpu-only", "--max-memory", "cpu=1MiB", "--margin", "0B")]
    public async Task What_can_not_be_loaded_as_asked_is_told_in_one_line(int exitCode, string told, params string[] options)
    {
        using TestFolder folder = new();
        string map = Write(folder, "blk.0-3 = cpu\n");

        string error = await Localllm.ErrorAsync(exitCode, ["generate", "guide", "--prompt", "a", .. options.Select(option => option == "map.txt" ? map : option)]);

        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_can_not_command_the_terminal()
    {
        using TestFolder folder = new();
        string path = folder.File("bad\u001b[31m.gguf");
        TinyModels.Plan(TinyModels.Dense).Write(path);

        string output = await Localllm.OutputAsync("plan", path, "--hardware", Machine);

        Assert.DoesNotContain('\u001b', output);
        Assert.Contains("bad\\u001B[31m.gguf", output, StringComparison.Ordinal);
    }

    private static string Write(TestFolder folder, string map)
    {
        string path = folder.File("map.txt");
        File.WriteAllText(path, map);
        return path;
    }

    private static long Bytes(JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
