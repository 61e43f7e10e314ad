using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Cli;

internal sealed class DoctorCommand : Command
{
    internal DoctorCommand() : base("doctor", "Prints what a bug report should say of this machine, as Markdown, without user names.") => SetAction(Run);

    private static int Run(ParseResult parsed)
    {
        StringBuilder text = new("### localllm doctor\n\n");
        Line(text, "LocalLlm", $"{typeof(LocalModel).Assembly.GetName().Version?.ToString(3)}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        Line(text, "OS", $"{RuntimeInformation.OSDescription}, kernel {Environment.OSVersion.Version}");
        bool isLoaded = WriteNative(text, parsed);
        string? cache = WriteCache(text);
        HardwareProfile profile = HardwareProfile.Detect(new HardwareDetectionOptions { IncludeGpus = isLoaded, DiskPath = cache ?? Path.GetTempPath() });
        // Indented: a block whose end nothing inside can be.
        text.Append('\n').AppendJoin('\n', profile.ToReport().Split('\n').Select(line => line.Length > 0 ? $"    {line}" : ""));
        Console.Write(Anonymous.Of(text.ToString()));
        return ExitCode.Success;
    }

    private static bool WriteNative(StringBuilder text, ParseResult parsed)
    {
        try
        {
            NativeRuntime runtime = NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
            Line(text, "llama.cpp", $"{runtime.Release} in {runtime.Directory}");
            Line(text, "Backends", string.Join(", ", runtime.Backends));
            foreach (BackendFailure failure in runtime.Failures)
            {
                Line(text, "Not loaded", $"{failure.Path}: {failure.Reason}");
            }
            return true;
        }
        catch (NativeLibraryException missing)
        {
            Line(text, "llama.cpp", $"not loaded: {missing.Message}");
            return false;
        }
    }

    private static string? WriteCache(StringBuilder text)
    {
        try
        {
            string? folder = Path.GetDirectoryName(GuideModel.Path);
            Line(text, "Cache folder", folder ?? "none");
            return folder;
        }
        catch (IOException refused)
        {
            Line(text, "Cache folder", refused.Message);
            return null;
        }
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append("- **").Append(name).Append("**: ").Append(Plain.Of(value.ReplaceLineEndings(" "))).Append('\n');
}
