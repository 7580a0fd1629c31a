// Goes at once where the page leads; without script it is a link to click.
const link = document.querySelector<HTMLAnchorElement>("a[data-follow]");
if (link) location.replace(link.href);
