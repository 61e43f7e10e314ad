namespace LocalLlm.Chat.Templating;

/// <summary>A place in a template's source, both from 1.</summary>
internal readonly record struct SourcePosition(int Line, int Column);
