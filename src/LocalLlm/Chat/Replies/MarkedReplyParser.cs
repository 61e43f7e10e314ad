namespace LocalLlm.Chat.Replies;

/// <summary>Reads replies in which markers stand between text, reasoning and calls.</summary>
internal sealed class MarkedReplyParser : ReplyParser
{
    private readonly ReplyFormat _format;
    private readonly ReplySettings _settings;
    private readonly bool _takesCalls;
    private readonly MarkerSet _textMarkers;
    private readonly MarkerSet _reasoningMarkers;
    private readonly ReplyBuffer _buffer = new();
    private readonly TrimmedText _text = new(ReplyPartKind.Text);
    private readonly TrimmedText _reasoning = new(ReplyPartKind.Reasoning) { SkipsSpace = true };
    private bool _isThinking;
    private bool _isBehindCall;
    private bool _hasBegun;
    private CallReader? _call;
    private string _callStart = "";

    // How much of a call's beginning stands in the prompt.
    private int _prompted;

    internal MarkedReplyParser(ReplyFormat format, ReplySettings settings)
    {
        _format = format;
        _settings = settings;
        _takesCalls = settings.Functions.Count > 0;
        _textMarkers = format.MarkersWithin(reasoning: false, _takesCalls);
        _reasoningMarkers = format.MarkersWithin(reasoning: true, _takesCalls);
        if (format.Openings.LastOrDefault(o => settings.PromptEnd.AsSpan().TrimEnd().EndsWith(o.AsSpan().TrimEnd(), StringComparison.Ordinal)) is { } opening)
        {
            // As if the model had written it.
            Append(opening, []);
            _prompted = _buffer.Text.Length;
        }
    }

    private TrimmedText Current => _isThinking ? _reasoning : _text;

    private MarkerSet Markers => _isThinking ? _reasoningMarkers : _textMarkers;

    internal override void Append(string text, List<ReplyPart> parts)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (_buffer.IsEmpty && _call is null && Current.PassesOn(text) && Markers.IsFree(text))
        {
            AddBegun(text);
            Current.SkipsSpace = false;
            parts.Add(new ReplyPart(_isThinking ? ReplyPartKind.Reasoning : ReplyPartKind.Text, text));
            return;
        }

        _buffer.Append(text);
        Read(parts, isEnd: false);
    }

    internal override void Complete(List<ReplyPart> parts)
    {
        Read(parts, isEnd: true);
        if (_call is { } call)
        {
            List<ReplyCall> calls = [.. call.Calls(_buffer.Text)];
            if (calls.Count > 0)
            {
                TakeCalls(calls, _buffer.Text.Length, parts);
            }
            else
            {
                GiveBackCall(parts);
                Read(parts, isEnd: true);
            }
        }

        Current.Flush(parts, trims: _isThinking || _isBehindCall);
    }

    private void Read(List<ReplyPart> parts, bool isEnd)
    {
        while (!_buffer.IsEmpty)
        {
            if (_call is { } call)
            {
                int length = call.Read(_buffer.Text);
                if (length == CallReader.Unfinished)
                {
                    return;
                }

                if (length == CallReader.NoCall)
                {
                    GiveBackCall(parts);
                }
                else
                {
                    TakeCalls([.. call.Calls(_buffer.Text[..length])], length, parts);
                }

                continue;
            }

            int at = Markers.Find(_buffer.Text, isEnd, out string? marker);
            Add(_buffer.Text[..at], parts);
            _buffer.Skip(at);
            if (marker is null)
            {
                return;
            }

            Take(marker, parts);
        }
    }

    // It stands at the beginning of the buffer.
    private void Take(string marker, List<ReplyPart> parts)
    {
        if (_takesCalls && _format.Calls.Starts.Contains(marker) && !(_format.Calls.IsWholeReply && _hasBegun))
        {
            _callStart = marker;
            _call = _format.Calls.CreateReader(marker, _settings.Functions);
            return;
        }

        if (_takesCalls && _format.Calls.SectionStarts.Contains(marker))
        {
            Current.Hold(marker);
        }
        else if (_isThinking)
        {
            EndReasoning();
        }
        else if (marker == _format.Reasoning?.Start && (_format.Reasoning.IsAnywhere || !_hasBegun))
        {
            _text.Drop();
            _isThinking = true;
        }
        else if (!IsIgnored(marker))
        {
            Add(marker, parts);
        }

        _buffer.Skip(marker.Length);
        _prompted = 0;
    }

    private bool IsIgnored(string marker) =>
        _format.Ignored.Contains(marker)
        || (_isBehindCall && _format.Calls.Ends.Contains(marker))
        || (_format.Reasoning is { } reasoning && reasoning.Ends.Contains(marker) && (reasoning.IsAnywhere || !_hasBegun));

    private void EndReasoning()
    {
        _reasoning.Drop();
        _reasoning.SkipsSpace = true;
        _isThinking = false;
        _text.SkipsSpace = true;
    }

    private void TakeCalls(List<ReplyCall> calls, int length, List<ReplyPart> parts)
    {
        EndReasoning();
        _text.Drop();
        parts.AddRange(calls.Select(c => new ReplyPart(ReplyPartKind.Call, "", c)));
        _buffer.Skip(length);
        _isBehindCall = true;
        _prompted = 0;
        _call = null;
    }

    private void GiveBackCall(List<ReplyPart> parts)
    {
        _call = null;
        _buffer.Skip(_callStart.Length);
        Add(_callStart.AsSpan(_prompted), parts);
        _prompted = 0;
    }

    private void Add(ReadOnlySpan<char> text, List<ReplyPart> parts)
    {
        AddBegun(text);
        Current.Add(text, parts);
    }

    private void AddBegun(ReadOnlySpan<char> text)
    {
        if (!_isThinking && !text.IsWhiteSpace())
        {
            _hasBegun = true;
            _isBehindCall = false;
        }
    }
}
