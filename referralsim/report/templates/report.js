(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var printing = false;
  var config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
  var plots = Array.prototype.map.call(document.querySelectorAll(".plot"), function (node) {
    return { node: node, text: document.getElementById(node.id + "-data").textContent, narrow: null };
  });

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function dress(spec, narrow) {
    var layout = spec.layout;
    var size = narrow ? 12 : 13;
    layout.font.color = colour("--ink");
    layout.font.size = size;
    layout.hoverlabel = { bgcolor: colour("--card"), bordercolor: colour("--line"), font: { color: colour("--ink") } };
    ["xaxis", "yaxis"].forEach(function (name) {
      var axis = layout[name];
      axis.gridcolor = colour("--grid");
      axis.linecolor = colour("--line");
      axis.zerolinecolor = colour("--soft");
      axis.title.font = { size: size, color: colour("--soft") };
      var room = layout.yaxis.ticktext ? 26 : 34;
      if (narrow && name === "xaxis" && axis.title.text.length > room) { axis.title.text = fold(axis.title.text, room); }
    });
    if (narrow) {
      layout.xaxis.nticks = layout.xaxis.dtick ? 0 : 5;
      layout.xaxis.tickangle = 0;
      layout.margin.r = 6;
      layout.legend.font = { size: 11.5 };
      if (layout.yaxis.ticktext) { layout.yaxis.title.text = ""; }
      if (layout.meta && layout.meta.narrow_height) { layout.height = layout.meta.narrow_height; }
    }
    spec.data.forEach(function (trace) {
      if (narrow && trace.meta && trace.meta.narrow_text) { trace.text = trace.meta.narrow_text; }
      if (trace.error_y) { trace.error_y.color = trace.line && trace.line.color; }
      if (trace.marker && trace.marker.line && trace.marker.line.color === "white") {
        trace.marker.line.color = colour("--card");
      }
    });
    return spec;
  }

  // Blue lines need more light on a dark page; all other colours of the palette stand out on both.
  function lighter(text) {
    return text.replace(/#56B4E9/g, "#A5D8F6").replace(/#0072B2/g, "#4C9FD8");
  }

  function fold(text, width) {
    var line = 0;
    return text.split(" ").map(function (word) {
      line += word.length + 1;
      if (line > width) { line = word.length; return "<br>" + word; }
      return word;
    }).join(" ");
  }

  function draw(plot) {
    var narrow = plot.node.clientWidth < 560;
    var spec = dress(JSON.parse(dark.matches && !printing ? lighter(plot.text) : plot.text), narrow);
    plot.narrow = narrow;
    plot.node.style.minHeight = spec.layout.height + "px";
    return Plotly.react(plot.node, spec.data, spec.layout, config);
  }

  function drawAll() { plots.forEach(draw); }

  dark.addEventListener("change", drawAll);
  window.addEventListener("resize", function () {
    plots.forEach(function (plot) {
      if (!printing && plot.narrow !== (plot.node.clientWidth < 560)) { draw(plot); }
    });
  });
  window.addEventListener("beforeprint", function () {
    printing = true;
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
    drawAll();
  });
  window.addEventListener("afterprint", function () { printing = false; drawAll(); });
  drawAll();
})();
