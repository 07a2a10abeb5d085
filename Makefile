# Every target calls tasks.py, which works without make as well: python tasks.py run.
# Another Python: make run PYTHON=python3.12. More arguments: make test ARGS="-k visits".
PYTHON ?= python3
ARGS ?=

.PHONY: run test lint bench lock install
run test lint bench lock install:
	@$(PYTHON) tasks.py $@ $(ARGS)
