// The pages work without this. It moves the focus to the error summary, so that a screen reader starts there.
document.querySelector(".govuk-error-summary")?.focus();
