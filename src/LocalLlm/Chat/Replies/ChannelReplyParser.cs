using System.Text;

namespace LocalLlm.Chat.Replies;

/// <summary>Reads replies that are messages with headers: thoughts, calls and the answer are messages of their own.</summary>
internal sealed class ChannelReplyParser : ReplyParser
{
    private readonly ReplyFormat _format;
    private readonly ChannelMarkers _channels;
    private readonly IReadOnlyList<ReplyFunction> _functions;
    private readonly MarkerSet _headerMarkers;
    private readonly MarkerSet _bodyMarkers;
    private readonly ReplyBuffer _buffer = new();
    private readonly TrimmedText _text = new(ReplyPartKind.Text);
    private readonly TrimmedText _reasoning = new(ReplyPartKind.Reasoning) { SkipsSpace = true };
    private readonly StringBuilder _collected = new();
    private bool _isHeader;
    private ReplyPartKind _kind;
    private string? _function;

    internal ChannelReplyParser(ReplyFormat format, ReplySettings settings)
    {
        _format = format;
        _channels = format.Channels!;
        _functions = settings.Functions;
        _headerMarkers = new MarkerSet([_channels.HeaderEnd]);
        _bodyMarkers = new MarkerSet([.. _channels.Ends, _channels.Start, .. _channels.Channel.Length > 0 ? [_channels.Channel] : Array.Empty<string>()]);
        // The message that the prompt began, of which only the header may stand there.
        int start = settings.PromptEnd.LastIndexOf(_channels.Start, StringComparison.Ordinal);
        if (start >= 0)
        {
            Append(settings.PromptEnd[start..], []);
        }
    }

    private TrimmedText Current => _kind == ReplyPartKind.Reasoning ? _reasoning : _text;

    internal override void Append(string text, List<ReplyPart> parts)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (!_isHeader && _kind != ReplyPartKind.Call && _buffer.IsEmpty && Current.PassesOn(text) && _bodyMarkers.IsFree(text))
        {
            Current.SkipsSpace = false;
            parts.Add(new ReplyPart(_kind, text));
            return;
        }

        _buffer.Append(text);
        Read(parts, isEnd: false);
    }

    internal override void Complete(List<ReplyPart> parts)
    {
        Read(parts, isEnd: true);
        if (_isHeader)
        {
            // No header at all, but an answer without one.
            string header = _collected.ToString();
            _isHeader = false;
            if (_channels.Read(header, out string? function) == ReplyPartKind.Call && _functions.Count > 0)
            {
                parts.Add(new ReplyPart(ReplyPartKind.Call, "", new ReplyCall(function, "")));
            }
            else if (!header.Contains(_channels.Channel.Length > 0 ? _channels.Channel : " to=", StringComparison.Ordinal))
            {
                _text.Add(WithoutRole(header), parts);
            }

            _collected.Clear();
        }

        EndMessage(parts);
        _text.Flush(parts, trims: false);
    }

    private static string WithoutRole(string header) => header.StartsWith("assistant", StringComparison.Ordinal) ? header["assistant".Length..] : header;

    private void Read(List<ReplyPart> parts, bool isEnd)
    {
        while (!_buffer.IsEmpty)
        {
            int at = (_isHeader ? _headerMarkers : _bodyMarkers).Find(_buffer.Text, isEnd, out string? marker);
            Add(_buffer.Text[..at], parts);
            _buffer.Skip(at);
            if (marker is null)
            {
                return;
            }

            if (_isHeader)
            {
                BeginMessage();
            }
            else
            {
                EndMessage(parts);
                _isHeader = marker == _channels.Start || marker == _channels.Channel;
                _collected.Append(marker == _channels.Channel ? marker : "");
            }

            _buffer.Skip(marker.Length);
        }
    }

    private void Add(ReadOnlySpan<char> text, List<ReplyPart> parts)
    {
        if (_isHeader || _kind == ReplyPartKind.Call)
        {
            _collected.Append(text);
        }
        else
        {
            Current.Add(text, parts);
        }
    }

    private void BeginMessage()
    {
        _kind = _channels.Read(_collected.ToString(), out _function);
        _kind = _kind == ReplyPartKind.Call && _functions.Count == 0 ? ReplyPartKind.Text : _kind;
        _collected.Clear();
        _isHeader = false;
        Current.SkipsSpace = true;
    }

    private void EndMessage(List<ReplyPart> parts)
    {
        if (_kind == ReplyPartKind.Call && !_isHeader)
        {
            parts.AddRange(Calls(_collected.ToString()).Select(c => new ReplyPart(ReplyPartKind.Call, "", c)));
        }

        _collected.Clear();
        _reasoning.Drop();
        _kind = ReplyPartKind.Text;
    }

    // The text of a message to a function is its arguments, unless calls are written in it.
    private List<ReplyCall> Calls(string body)
    {
        int start = body.IndexOf(_format.Calls.Start, StringComparison.Ordinal);
        if (!_format.CallsInMessages || start < 0)
        {
            return [new ReplyCall(_function, body.Trim())];
        }

        List<ReplyCall> calls = [];
        while (start >= 0)
        {
            CallReader reader = _format.Calls.CreateReader(_format.Calls.Start, _functions);
            int length = reader.Read(body.AsSpan(start));
            int end = length < 0 ? body.Length : start + length;
            calls.AddRange(reader.Calls(body.AsSpan(start..end)));
            start = body.IndexOf(_format.Calls.Start, end, StringComparison.Ordinal);
        }

        return calls;
    }
}
