namespace LocalLlm.Chat.Templating;

internal enum TokenKind
{
    Data,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Name,
    Operator,
    String,
    Integer,
    Float,
    End,
}
