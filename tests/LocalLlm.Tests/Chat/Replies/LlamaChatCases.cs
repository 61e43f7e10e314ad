using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>
/// The replies in llama.cpp's own chat tests. They are read out of its source by compiling that: in place of testing a
/// case, the program writes it.
/// </summary>
internal static partial class LlamaChatCases
{
    private const string Writer = """
        static std::string quoted(const std::string & text) { return common_json(text).dump(); }
        static void write_case(const std::string & path, common_chat_templates * tmpls, peg_test_case tc) {
            if (tc.params.messages.empty()) { tc.params.messages = { message_user }; }
            auto applied = common_chat_templates_apply(tmpls, tc.params);
            std::cout << "{\"template\":" << quoted(path) << ",\"input\":" << quoted(tc.input)
                << ",\"prompt\":" << quoted(applied.prompt) << ",\"generation_prompt\":" << quoted(applied.generation_prompt)
                << ",\"is_partial\":" << tc.is_partial << ",\"reasoning_format\":" << (int) tc.params.reasoning_format
                << ",\"parallel\":" << tc.params.parallel_tool_calls << ",\"continue\":" << (int) tc.params.continue_final_message
                << ",\"tool_choice\":" << (int) tc.params.tool_choice << ",\"json_schema\":" << quoted(tc.params.json_schema)
                << ",\"tools\":" << (tc.params.tools.empty() ? "[]" : common_chat_tools_to_json_oaicompat(tc.params.tools).dump())
                << ",\"content\":" << quoted(tc.expect.content) << ",\"reasoning\":" << quoted(tc.expect.reasoning_content) << ",\"calls\":[";
            const char * separator = "";
            for (auto & call : tc.expect.tool_calls) {
                std::cout << separator << "{\"name\":" << quoted(call.name) << ",\"arguments\":" << quoted(call.arguments) << ",\"id\":" << quoted(call.id) << "}";
                separator = ",";
            }
            std::cout << "]}\n";
        }

        """;

    private static IReadOnlyList<LlamaChatCase>? _all;

    /// <summary>All of them, each about one reply; skips the test where they can't be read.</summary>
    internal static IReadOnlyList<LlamaChatCase> Read() => _all ??= Run();

    private static List<LlamaChatCase> Run()
    {
        string program = LlamaTool.Build("chat-cases", Program(LlamaTool.ReadSource("tests/test-chat.cpp")), "-O0", "-w", $"-I{LlamaSource.Folder}/src", "-iquote", $"{LlamaSource.Folder}/tests");
        using Process process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = LlamaSource.Folder })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        List<LlamaChatCase> cases = [];
        while (process.StandardOutput.ReadLine() is { } line)
        {
            cases.Add(new LlamaChatCase(cases.Count, JsonDocument.Parse(line).RootElement));
        }

        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return cases;
    }

    private static string Program(string source)
    {
        source = Without(source, "static void test_peg_parser(", "// Fluent builder for PEG parser tests", Writer);
        source = RunOne().Replace(source, "write_case(tester_.template_path(), tester_.tmpls_.get(), tc_);\n", 1);
        source = Without(source, "static void test_msgs_oaicompat_json_conversion()", "static void test_lfm2_parser", "");
        source = Without(source, "static void test_template_generation_prompt()", "int main(", "");
        source = Without(source, "int main(", null, "int main() { test_template_output_peg_parsers(false); }\n");
        return ServerHeader().Replace(source, "");
    }

    private static string Without(string source, string begin, string? end, string instead)
    {
        int from = source.IndexOf(begin, StringComparison.Ordinal);
        int to = end is null ? source.Length : source.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, $"'{begin}' is not in llama.cpp's test, or not before '{end}'.");
        return source[..from] + instead + source[to..];
    }

    [GeneratedRegex(@"test_peg_parser\(tester_\.tmpls_\.get\(\), .*\n")]
    private static partial Regex RunOne();

    [GeneratedRegex("#include \"../tools/server/.*\"")]
    private static partial Regex ServerHeader();
}
