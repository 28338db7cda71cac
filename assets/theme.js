// Sets light or dark before the first paint, as the learner last chose.
try {
  const kept = localStorage.getItem('timonier.theme');
  const dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
} catch {
  // Without storage the system's choice is applied when the program arrives.
}
