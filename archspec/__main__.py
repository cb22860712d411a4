"""`python -m archspec`: the command line, where the program is not on the path."""

from archspec.cli import main

if __name__ == "__main__":
    main()
