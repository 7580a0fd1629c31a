// Follows the page's link at once; without script a person can click it.
const link = document.querySelector("a[data-follow]");
if (link) location.replace(link.href);
