namespace LocalLlm.Chat.Templating;

internal enum TemplateTokenKind
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
