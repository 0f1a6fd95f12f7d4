"""One file a kind of site: how it is asked, and what its answer means. Reading is apart from fetching."""
