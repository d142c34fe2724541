"""View: a run as a local web page. Needs `pip install 'maieutic[view]'`."""
