// Before the first paint: whether the address is the home page, and light or dark, as the learner last chose.
document.documentElement.dataset.at = /^#?\/?$/.test(location.hash) ? 'home' : 'elsewhere';
try {
  const kept = localStorage.getItem('timonier.theme');
  const dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
} catch {
  // Without storage the system's choice is applied when the program arrives.
}
