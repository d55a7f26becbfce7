// dygraphs, which draws the graphs: an ordinary script of the system's package, loaded when it is first needed.

/** The plugins that are left out write style attributes, or images of their own, which the page's policy forbids. */
const forbidden = ["Legend Plugin", "RangeSelector Plugin"];

let loading = null;

/** The library; null where its package is not installed. */
export function loadDygraphs() {
    loading ??= load();
    return loading;
}

async function load() {
    const base = "lib/dygraphs/dygraph.min";
    const found = await new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = `${base}.js`;
        script.addEventListener("load", () => resolve(true));
        script.addEventListener("error", () => resolve(false));
        document.head.append(script);
    });
    if (!found || !globalThis.Dygraph) {
        loading = null; // It may be installed meanwhile.
        return null;
    }
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = `${base}.css`;
    document.head.append(style);
    const { Dygraph } = globalThis;
    Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => !forbidden.includes(plugin.prototype.toString()));
    return Dygraph;
}
