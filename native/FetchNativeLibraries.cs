using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Puts the libraries of one backend and runtime, as llama.cpp.json names them, into a folder: from the npm package in
/// the cache, or else from npm. Compiled by MSBuild (Native.targets) as netstandard2.0.
/// </summary>
public sealed class FetchNativeLibraries : Task
{
    [Required] public string Pin { get; set; }
    [Required] public string Backend { get; set; }
    [Required] public string Runtime { get; set; }
    [Required] public string Destination { get; set; }
    [Required] public string Cache { get; set; }

    private const string Alternative =
        "To build with libraries of your own, set the environment variable LOCALLLM_NATIVE_DIR to their folder: then nothing is fetched.";

    public override bool Execute()
    {
        // Everything is prepared here and then moved into place, so parallel builds never see half of anything.
        string temporary = Path.Combine(Cache, "tmp", Guid.NewGuid().ToString("N"));
        try
        {
            Directory.CreateDirectory(temporary);
            Fetch(temporary);
        }
        catch (FetchException e)
        {
            Log.LogError(null, e.Code, null, Pin, 0, 0, 0, 0, "{0}", e.Message + " " + Alternative);
        }
        catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
        {
            Log.LogError(null, "LLLN006", null, Pin, 0, 0, 0, 0, "{0}",
                "Cannot write the download cache " + Cache + ": " + e.Message + " Set LOCALLLM_NATIVE_CACHE to a folder that can be written. " + Alternative);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, true);
        }

        return !Log.HasLoggedErrors;
    }

    private void Fetch(string temporary)
    {
        XElement pin;
        using (XmlReader json = JsonReaderWriterFactory.CreateJsonReader(File.ReadAllBytes(Pin), XmlDictionaryReaderQuotas.Max))
        {
            pin = XElement.Load(json);
        }

        XElement package = pin.Element("packages").Elements()
            .First(p => (string)p.Element("rid") == Runtime && (string)p.Element("backend") == Backend);
        string name = (string)package.Element("npm") + "@" + (string)pin.Element("npmVersion");
        byte[] sha512 = Convert.FromBase64String(((string)package.Element("sha512")).Substring("sha512-".Length));
        string archive = Path.Combine(Cache, BitConverter.ToString(sha512).Replace("-", "").ToLowerInvariant() + ".tgz");

        if (File.Exists(archive) && !Sha512(archive).SequenceEqual(sha512))
        {
            File.Delete(archive);
        }

        if (!File.Exists(archive))
        {
            string download = Download(name, temporary);
            if (!Sha512(download).SequenceEqual(sha512))
            {
                File.Delete(download);
                throw new FetchException("LLLN003", "The download of " + name + " is not the file that llama.cpp.json pins (its sha512 differs); it was deleted and not used. "
                    + "Build again; if it stays so, the registry that npm is configured for serves something else: do not trust it.");
            }

            MoveUnlessThere(() => File.Move(download, archive), archive);
        }

        var libraries = (package.Element("libraries")?.Elements() ?? Enumerable.Empty<XElement>()).Select(l => (Source: (string)l, Name: (string)l));
        var plugins = package.Element("plugins").Elements().Select(p => (Source: (string)p.Element("source") ?? (string)p.Element("name"), Name: (string)p.Element("name")));
        Extract(archive, (string)package.Element("folder"), libraries.Concat(plugins).ToArray(), temporary);
    }

    private string Download(string name, string temporary)
    {
        bool windows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        string npm = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, windows ? "npm.cmd" : "npm")).FirstOrDefault(File.Exists);
        if (npm == null)
        {
            throw new FetchException("LLLN001", "llama.cpp's libraries come as npm packages, and npm is not on the PATH. "
                + "Install Node.js (it brings npm; only building LocalLlm needs it, its packages don't) and build again.");
        }

        Log.LogMessage(MessageImportance.High, "Fetching {0}", name);
        string arguments = "pack " + name + " --loglevel=error";
        string failure = windows ? Run("cmd.exe", "/d /c \"\"" + npm + "\" " + arguments + "\"", temporary) : Run(npm, arguments, temporary);
        string file = Directory.GetFiles(temporary, "*.tgz").FirstOrDefault();
        if (failure != null || file == null)
        {
            throw new FetchException("LLLN002", "npm could not download " + name + ". Check the network, and that `npm view " + name + "` answers. npm said: " + (failure ?? "nothing."));
        }

        return file;
    }

    private void Extract(string archive, string folder, (string Source, string Name)[] files, string temporary)
    {
        // A relative path: some tars on Windows take what precedes a colon for a host.
        string failure = Run("tar", "-xzf ../../" + Path.GetFileName(archive) + " " + string.Join(" ", files.Select(f => folder + "/" + f.Source)), temporary);
        if (failure != null)
        {
            throw new FetchException("LLLN005", "tar could not extract " + archive + ". tar said: " + failure);
        }

        string ready = Path.Combine(temporary, "ready");
        Directory.CreateDirectory(ready);
        foreach ((string source, string name) in files)
        {
            File.Move(Path.Combine(temporary, folder, source), Path.Combine(ready, name));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        MoveUnlessThere(() => Directory.Move(ready, Destination), Destination);
    }

    /// <summary>Another build may have put the same there first.</summary>
    private static void MoveUnlessThere(Action move, string destination)
    {
        try
        {
            move();
        }
        catch (IOException) when (File.Exists(destination) || Directory.Exists(destination))
        {
        }
    }

    /// <summary>Null, or what the program said when it failed.</summary>
    private static string Run(string program, string arguments, string folder)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using (Process process = Process.Start(start))
            {
                System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
                string output = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0 ? null : "exit code " + process.ExitCode + ". " + (error.Result + output).Trim();
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }

    private static byte[] Sha512(string file)
    {
        using (SHA512 sha512 = SHA512.Create())
        using (FileStream stream = File.OpenRead(file))
        {
            return sha512.ComputeHash(stream);
        }
    }

    private sealed class FetchException : Exception
    {
        public FetchException(string code, string message) : base(message) => Code = code;

        public string Code { get; }
    }
}
