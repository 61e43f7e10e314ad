// Models compute on every core that there is: tests beside each other would only slow each other down.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
