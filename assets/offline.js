// Keeps the lab for visits without a network (sw.js), once it no longer competes with what the learner waits for. A new version that is
// ready is announced to the page by an event, and taken when the page answers with another.
const QUIET_MILLIS = 4000;
let accepted = false;

const announce = (registration) => {
  if (registration.waiting && navigator.serviceWorker.controller) dispatchEvent(new Event('timonier-version-ready'));
};

async function begin() {
  const registration = await navigator.serviceWorker.register('sw.js', { updateViaCache: 'none' });
  announce(registration);
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next?.addEventListener('statechange', () => announce(registration));
  });
  addEventListener('timonier-version-wanted', () => {
    accepted = true;
    registration.waiting?.postMessage('take-over');
  });
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (accepted) location.reload();
  });
}

if ('serviceWorker' in navigator && isSecureContext) {
  setTimeout(() => begin().catch((error) => console.warn('offline:', error)), QUIET_MILLIS);
}
