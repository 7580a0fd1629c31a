// The page of a refused form gets an address: whoever loads it again, or comes back to it, finds what was typed and is not asked
// whether to send it once more.
history.replaceState(history.state, "", (document.currentScript as HTMLScriptElement).dataset["again"]);
