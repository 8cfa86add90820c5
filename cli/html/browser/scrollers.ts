/** What is wider than its place scrolls, and is then reached by the keyboard; what is not stays out of its way. */
export function watchScrollers(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) mark(target);
  });
  for (const element of document.querySelectorAll(".scroll")) observer.observe(element);
}

function mark(element: Element): void {
  const label = element.getAttribute("data-label");
  if (element.scrollWidth > element.clientWidth) {
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", label === null ? "group" : "region");
    if (label === null) element.setAttribute("aria-label", "Source");
    else element.setAttribute("aria-labelledby", label);
  } else for (const name of ["tabindex", "role", "aria-label", "aria-labelledby"]) element.removeAttribute(name);
}
