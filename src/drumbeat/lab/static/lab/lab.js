// A slider and a number that show the same value.
document.addEventListener("input", (event) => {
  const other = event.target.dataset && event.target.dataset.mirror && document.getElementById(event.target.dataset.mirror);
  if (other) other.value = event.target.value;
});
