namespace LocalLlm.Planning;

/// <summary>A tensor as the planner sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="RowElements">Elements of a row.</param>
/// <param name="Bytes">Bytes of its data in the file.</param>
/// <param name="Home">The layer that it follows, or a place of <see cref="TensorHome"/>.</param>
/// <param name="Part">What it is for.</param>
internal sealed record ModelTensor(string Name, GgmlType Type, long RowElements, long Bytes, TensorHome Home, LayerPart Part);
