using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Benchmarks;

/// <summary>
/// Chat templates of the llama.cpp source that LOCALLLM_LLAMACPP_SOURCE names: compiling one, and rendering a history of 100 turns, each a
/// question and an answer, with two tools offered.
/// </summary>
[MemoryDiagnoser]
[MinColumn]
public class TemplateBenchmarks
{
    private const int Turns = 100;

    private string _source = null!;
    private Template _template = null!;
    private TemplateContext _context = null!;

    // The largest, ChatML, Llama 3 and ChatML with reasoning.
    [Params("openai-gpt-oss-120b", "Qwen-Qwen2.5-7B-Instruct", "meta-llama-Llama-3.3-70B-Instruct", "Qwen-Qwen3-0.6B")]
    public string Name { get; set; } = null!;

    [GlobalSetup]
    public void Read()
    {
        string folder = Environment.GetEnvironmentVariable("LOCALLLM_LLAMACPP_SOURCE") ?? throw new InvalidOperationException("LOCALLLM_LLAMACPP_SOURCE is not set.");
        _source = File.ReadAllText(Path.Combine(folder, "models", "templates", Name + ".jinja"));
        _template = Template.Compile(_source);
        _context = new TemplateContext(new Dictionary<string, TemplateValue>
        {
            ["messages"] = TemplateValue.From(new JsonArray([.. Enumerable.Range(0, Turns * 2).Select(Message)]), isContent: true),
            ["tools"] = TemplateValue.From(new JsonArray(Tool("get_weather"), Tool("get_time"))),
            ["add_generation_prompt"] = true,
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
        });
    }

    [Benchmark]
    public object Compile() => Template.Compile(_source);

    [Benchmark]
    public object Render() => _template.Render(_context);

    private static JsonObject Message(int i) => new()
    {
        ["role"] = i % 2 == 0 ? "user" : "assistant",
        ["content"] = $"Message {i}: the quick brown fox jumps over the lazy dog. It does so again and again, until the dog wakes up.",
    };

    private static JsonObject Tool(string name) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = name,
            ["description"] = "Tells what there is in a city.",
            ["parameters"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["city"] = new JsonObject { ["type"] = "string", ["description"] = "The city's name" } },
                ["required"] = new JsonArray("city"),
            },
        },
    };
}
