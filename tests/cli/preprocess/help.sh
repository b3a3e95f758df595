# The steps and the split that are named tell of themselves.
preprocess --step kcore --step range:min=1 --split last --help | grep -A3 '^step \|^split '
preprocess --step nothing --help | grep -c '^step '
