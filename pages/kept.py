"""What is kept of a class, in the README's words, for whoever has to sign it."""

import re
from pathlib import Path

import streamlit as st

from ui.sentences import as_written

README = Path(__file__).resolve().parents[1] / "README.md"
TITLE = "What is kept of a class"

st.title(TITLE)
section = README.read_text(encoding="utf-8").partition(f"## {TITLE}\n")[2].partition("\n## ")[0]
# what the page itself need not say
st.markdown(re.sub(r" `/kept` shows these words on a page\.", "", section))
with st.container(key="signing"):
    st.markdown("Read and agreed:")
    st.markdown(as_written("_" * 40))
    st.caption("To print this page, press Ctrl+P.")
