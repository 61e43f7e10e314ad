using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class KvCellsTests
{
    [Fact]
    public void A_shared_cell_is_free_when_nobody_holds_it()
    {
        KvCells cells = new(10);
        List<int> first = [];
        List<int> second = [];
        cells.Take(first, 6);
        cells.Share(first, second, 4);
        cells.Take(second, 2);
        Assert.Equal(2, cells.Free);
        Assert.True(cells.IsShared([first[3]]));
        Assert.False(cells.IsShared([first[4], second[5]]));
        cells.BeginCount();
        Assert.Equal((6, 2), (cells.CountNew([.. first]), cells.CountNew([.. second])));

        cells.Release(first, 0, 6);

        Assert.Equal(4, cells.Free);
        Assert.False(cells.IsShared([.. second]));
        cells.Release(second, 1, 4);
        Assert.Equal(8, cells.Free);
        Assert.Equal(2, second.Count);
    }
}
