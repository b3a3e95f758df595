# The bundled sample is what its generator writes.
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
python3 "$R/data/sample/make.py" . && for f in items users ratings feedback; do
	cmp $f.csv "$R/data/sample/$f.csv" && echo "$f.csv"
done
