"""The official suite of Jupyter, jupyter_kernel_test, with nothing skipped."""

import unittest

import jupyter_kernel_test

from samples import SAMPLES


class Official(jupyter_kernel_test.KernelTests):
    kernel_name = "nabla"
    language_name = "nabla"
    file_extension = ".nabla"
    code_hello_world = SAMPLES["hello"]
    code_stderr = SAMPLES["stderr"]
    completion_samples = SAMPLES["completions"]
    complete_code_samples = SAMPLES["complete"]
    incomplete_code_samples = SAMPLES["incomplete"]
    invalid_code_samples = SAMPLES["invalid"]
    code_page_something = SAMPLES["page"]
    code_generate_error = SAMPLES["error"]
    code_execute_result = SAMPLES["results"]
    code_display_data = SAMPLES["display"]
    code_history_pattern = SAMPLES["pattern"]
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = SAMPLES["inspect"]
    code_clear_output = SAMPLES["clear"]


if __name__ == "__main__":
    unittest.main()
