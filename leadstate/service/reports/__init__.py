"""Reports: what the funnel does, counted by the database, with stated definitions.

Each report is one function that takes the open store's view, the lifecycle, a `Scope`
and the moment, and returns frozen data that carries its scope and its definitions:

    with app.store.read() as view:
        found = funnel(view, app.lifecycle, Scope(source="ads"), app.clock.now())

What the figures mean stands in docs/reference/reports.md.
"""
