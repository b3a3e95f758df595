# Rankings against trec_eval, to 1e-12: its values are in tests/ref/metrics/mean.tsv, for the users with a relevant item.
ref=$R/tests/ref/metrics
sed '1s/relevance/rating/' "$ref/qrels.csv" >test.csv
for gain in binary linear exp; do
	evaluate -j"$J" --predictions "$ref/ranked.csv" --relevant 1 --gain $gain -k 1,3,5,10,20 --format tsv test.csv |
		awk -F '\t' -v gain=$gain 'BEGIN {
			OFS = "\t"
			name["precision"] = "P"; name["recall"] = "recall"; name["hit"] = "success"
			name["map"] = "map_cut"; name["mrr"] = "recip_rank_cut"
			name["ndcg"] = gain == "binary" ? "ndcg_bin_cut" : gain == "exp" ? "ndcg_exp_cut" : "ndcg_cut"
		}
		split($1, part, "@") == 2 { print name[part[1]] "_" part[2], "relevant", $3 }' >got.$gain
	awk -F '\t' -v gain=$gain 'NR == FNR { want[$1 FS $2] = $3; next }
		{ d = $3 - want[$1 FS $2]; n++; wrong += !(($1 FS $2) in want) || d > 1e-12 || d < -1e-12 }
		END { print gain ": " n " values, " wrong + 0 " differ" }' "$ref/mean.tsv" got.$gain
done
# The same lists from scores instead of ranks: ties in the reference are in descending order of ids, ours ascending, so
# only users without ties can be compared; one user is enough to see that scores rank.
awk -F, 'NR == 1 || $1 == "u33"' "$ref/ranked.csv" | cut -d, -f1,3,4 >scores.csv
awk -F, 'NR == 1 || $1 == "u33"' test.csv >one.csv
evaluate --predictions scores.csv --gain linear --metrics ndcg@3,mrr@3 --format tsv one.csv
