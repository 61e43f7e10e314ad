namespace LocalLlm.Inference;

/// <summary>One step of a grammar's program.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Argument">Which character set, token or rule; of a choice, the other way to go.</param>
/// <param name="Next">The instruction after it.</param>
internal readonly record struct GrammarInstruction(GrammarInstruction.Of Kind, int Argument, int Next)
{
    /// <summary>What an instruction does.</summary>
    internal enum Of : byte
    {
        /// <summary>Ends a rule.</summary>
        Return,

        /// <summary>Takes a character of a set.</summary>
        Character,

        /// <summary>Takes a token, or any but that one.</summary>
        Token,

        /// <summary>Goes two ways.</summary>
        Choice,

        /// <summary>Takes what a rule says.</summary>
        Call,
    }
}
