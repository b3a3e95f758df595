# A directory as output: whole or not at all, nothing of others is lost, and what cannot be is told before the work.
printf 'text\na good pen\na bad pen\nno pen at all\n' >texts.csv
learn() { train -q -j1 --model mlm --vocab-size 64 --width 16 --heads 2 --layers 1 --epochs 1 "$@" texts.csv; echo "status $?"; }
learn -o new
mkdir empty && learn -o empty && cmp new/model.safetensors empty/model.safetensors
touch new/notes && mkdir new/more && touch new/more/x && learn --seed 2 -o new/
cmp -s new/model.safetensors empty/model.safetensors || echo 'another model'
ln -s new link && learn -o link && test -h link && cmp new/model.safetensors empty/model.safetensors && echo 'the link stays'
find . | sort
echo '== what cannot be'
mkdir other && touch other/notes
learn -o other
learn -o other/notes
learn -o nowhere/x
(cd new && cp ../texts.csv . && learn -o .)
cmp new/model.safetensors empty/model.safetensors && find . -name '.*.tmp' && find other
