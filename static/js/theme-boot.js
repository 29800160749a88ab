// A classic script in <head>: the saved theme is known before the first paint.
(function () {
  try {
    const saved = localStorage.getItem("runfold.theme");
    if (saved === "light" || saved === "dark") document.documentElement.dataset.theme = saved;
  } catch {
    // Storage refused (private window): the system's preference stands.
  }
})();
